// Answers one JSON object per line: what a formula evaluator says about records.
//
// A request is {judge, formula, kinds, result, records, now}: kinds maps fields to kinds, result is
// the type that the formula yields, records are maps from fields to values, and now freezes the
// clock. The answer is {answers} with one {value} or {error} for each record, or {error} where the
// formula as a whole is refused.

import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const RealDate = Date;
let frozen = null;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0 && frozen !== null) super(frozen);
    else super(...given);
  }
  static now() {
    return frozen ?? RealDate.now();
  }
};

const SFORMULA_TYPES = { text: "string", id: "string", checkbox: "boolean", null: "any" };
const FORMULON_TYPES = { id: "text", percent: "number" };

function sformula({ formula, kinds, result, records }) {
  const { parseSync } = require("sformula");
  const inputTypes = {};
  for (const [name, kind] of Object.entries(kinds)) {
    inputTypes[name] = { type: SFORMULA_TYPES[kind] ?? kind };
  }
  const ready = parseSync(formula, { inputTypes, returnType: SFORMULA_TYPES[result] ?? result });
  return records.map((record) => answered(() => ready.evaluate(record)));
}

function formulon({ formula, kinds, records }) {
  const { parse } = require("formulon");
  return records.map((record) =>
    answered(() => {
      const given = {};
      for (const [name, kind] of Object.entries(kinds)) given[name] = literal(record[name], kind);
      const found = parse(formula, given);
      if (found.type === "error") throw new Error(found.message);
      return found.value instanceof RealDate ? found.value.toISOString() : found.value;
    }),
  );
}

function literal(value, kind) {
  const dataType = FORMULON_TYPES[kind] ?? kind;
  if (value === null && dataType !== "checkbox") {
    return { type: "literal", dataType: "null", value: null };
  }
  if (dataType === "number") {
    const options = { length: 18, scale: 15 };
    return { type: "literal", dataType, value: kind === "percent" ? value / 100 : value, options };
  }
  if (dataType === "date" || dataType === "datetime") {
    return { type: "literal", dataType, value: new RealDate(value) };
  }
  if (dataType === "checkbox") return { type: "literal", dataType, value: Boolean(value) };
  return { type: "literal", dataType, value, options: { length: value.length } };
}

function answered(work) {
  try {
    return { value: work() ?? null };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
}

const JUDGES = { sformula, formulon };

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  frozen = request.now === null ? null : RealDate.parse(request.now);
  const found = answered(() => JUDGES[request.judge](request));
  process.stdout.write(JSON.stringify("value" in found ? { answers: found.value } : found) + "\n");
}
