"""Files in, documents out: YAML with the place of every key, validated, merged; the only reader of configuration."""
