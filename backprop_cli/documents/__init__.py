"""From a trace to a document: which lines a handout writes, in which order, in which symbols."""
