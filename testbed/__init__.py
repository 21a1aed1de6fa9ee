"""What benchmarks and attacks run on: a database of their own and a real web server, both gone afterwards."""
