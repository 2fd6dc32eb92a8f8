"""From a document to a terminal, or to another format: each renderer only translates."""
