"""The open data: every public record as plain values, for the API and the nightly dump alike (docs/open-data.md)."""
