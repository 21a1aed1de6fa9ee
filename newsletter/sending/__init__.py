"""The send engine: each reader of an issue once, and every one of them accounted for. docs/decisions/0038."""
