"""What measures the pages from outside: Lighthouse, the Nu HTML checker, and the bytes a reader's line carries."""
