"""The attacks of the specification, carried out against a real server and a real database on this machine alone."""
