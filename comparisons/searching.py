def load_search(text): return text
