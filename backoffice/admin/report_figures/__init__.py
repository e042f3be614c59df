"""A report that can be asked: read on screen, followed to its rows, made again, compared with today.

screen   the report on screen       rows     the rows behind a figure
again    made again                 today    what the live rows say otherwise
values   how counted values look, and which row each stands for
"""
