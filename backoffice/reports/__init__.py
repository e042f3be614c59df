"""Reports: types (one file each), orders, and the files made of them."""
