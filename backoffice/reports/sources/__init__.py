"""The rows that figures count: read once for a snapshot, and asked again later what became of them.

population  many rows with their counted values, column by column    source    what a source of rows is
jobs        the jobs of a period, and of the last day               mail      the emails of a period
promises    the days of promises of a period                        stack     what an overview counts
finding     the source that a name stands for
"""
