"""One module per group of families, each with `FAMILIES`; found automatically."""
