from __future__ import annotations
def find_antecedent(text, sentences, i):
    return None
