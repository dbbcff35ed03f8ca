"""How dates, times and numbers are written in each language, where Django writes them otherwise (glossary: dates)."""
