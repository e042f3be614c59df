"""What is typed into a search box: words, and qualifiers such as `state:failed,unknown -queue:low >5m`.

terms        what a search is made of, and how it is written
spans        5m, 24h, 7d
reading      from text to terms; the mistake in it, with its place
mistakes     what can be wrong, in sentences
"""
