"""Actions of other actions: one file each, whose first underscore is the dot of its name."""
