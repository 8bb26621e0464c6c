"""The kinds of tensors, one file each; the table of them is in `dc_lab.dcz.tensors`."""
