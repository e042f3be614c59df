"""The text of a question.

reading   its tokens; what cannot be read in one way alone is refused
names     functions, types and words that a question may use
checking  one statement that only reads, by names that are allowed
binding   parameters, as each database takes them
"""
