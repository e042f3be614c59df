"""How much of a file is read. `settings.LARGEST_LIST` is the bound on its bytes."""

MOST_COLUMNS = 50
MOST_CELLS = 10_000  # of one line, before it is parted into cells
MOST_ROWS = 100_000  # that say something
LONGEST_CELL = 32_767  # characters: Excel's own bound
LAST_ROW = 1_048_576  # of a sheet: Excel's own bound
MOST_SHEETS = 100
MOST_PARTS = 2_000  # files in a workbook
MOST_HELD = 50_000  # elements of XML between two rows, or in one: a row has 16,384 cells at most
# Bytes of a workbook's parts, unpacked. The sheet of a hundred thousand people has 20 MB, their texts 15 MB;
# openpyxl makes objects of all that the others hold.
MOST_OF_SHEETS = 40 * 1024 * 1024
MOST_OF_TEXTS = 20 * 1024 * 1024
MOST_OF_OTHERS = 1024 * 1024
