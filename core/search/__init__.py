"""Search over pages, documents, glossary and staff roles."""
