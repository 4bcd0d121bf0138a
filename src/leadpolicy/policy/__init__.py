"""The language of the field: everything a lead policy consists of."""
