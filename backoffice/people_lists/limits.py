"""How much of a file is read. `settings.LARGEST_LIST` is the bound on its bytes."""

MOST_COLUMNS = 50
MOST_CELLS = 10_000  # of one line, before it is parted into cells
MOST_ROWS = 100_000  # that say something
LONGEST_CELL = 32_767  # characters: Excel's own bound
LAST_ROW = 1_048_576  # of a sheet: Excel's own bound
MOST_SHEETS = 100
MOST_PARTS = 2_000  # files in a workbook
MOST_HELD = 50_000  # elements of XML between two rows, or in one: a row has 16,384 cells at most
# Bytes of a workbook's parts, unpacked. Some 30,000 people fit: a thousand of them cost 0.13 s of processor,
# five times as much as in CSV, in a request and once more when they are imported. Of all that the others hold
# openpyxl makes objects.
MOST_OF_SHEETS = 10 * 1024 * 1024
MOST_OF_TEXTS = 10 * 1024 * 1024
MOST_OF_OTHERS = 1024 * 1024
