"""How much of a file is read. `settings.LARGEST_LIST` is the bound on its bytes."""

MOST_COLUMNS = 50
MOST_CELLS = 10_000  # of one line, before it is parted into cells
MOST_ROWS = 100_000  # that say something
LONGEST_CELL = 32_767  # characters: Excel's own bound
LAST_ROW = 1_048_576  # of a sheet: Excel's own bound
MOST_SHEETS = 100
MOST_PARTS = 2_000  # files in a workbook
# Bytes of a workbook's XML, unpacked: a hundred thousand people are some 30 MB.
MOST_UNPACKED = 50 * 1024 * 1024
