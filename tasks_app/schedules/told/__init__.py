"""Who is told of a schedule without looking: its followers, once as it begins and once as it is well again.

telling   which troubles were not told yet, and the jobs that tell of them
letters   one of them in words
"""
