"""A publication as a folder of Markdown files with YAML front matter: loaded from one, dumped to one.

The format is described in docs/publication.md.
"""
