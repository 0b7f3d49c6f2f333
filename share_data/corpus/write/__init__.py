"""Making a corpus: records to shards, tables and a manifest, published whole. Nothing here is needed to read one."""
