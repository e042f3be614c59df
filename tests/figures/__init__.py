"""Every figure that the product says, against rows counted by hand: parts make wholes, and what two places
say of one thing at one moment is the same.

past        invented pasts, and rows such as no generator makes     by_hand    plain Python over all rows
reading     what reports say, as figures by name                    of_…       each report, counted by hand
"""
