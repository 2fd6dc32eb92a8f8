"""The command line: one file a verb, each reads, calls, renders, and says how it went by its exit status."""
