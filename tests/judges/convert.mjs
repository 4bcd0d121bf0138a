// Converts a source tree into the files of a package with Salesforce's own converter.
// Usage: node convert.mjs SOURCE TARGET
import { ComponentSet, MetadataConverter } from '@salesforce/source-deploy-retrieve';

const [source, target] = process.argv.slice(2);
const found = ComponentSet.fromSource(source);
const made = await new MetadataConverter().convert(found, 'metadata', {
  type: 'directory',
  outputDirectory: target,
  genUniqueDir: false,
});
const named = found.getSourceComponents().toArray().map((each) => `${each.type.name} ${each.fullName}`);
process.stdout.write(JSON.stringify({ path: made.packagePath, components: named.sort() }));
