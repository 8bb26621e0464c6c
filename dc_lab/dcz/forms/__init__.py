"""The forms of a stream, one file each; the table of them is in `dc_lab.dcz.streams`."""
