"""Receipts as readers meet them: in words, as a list, and as the page of a day gone by."""
