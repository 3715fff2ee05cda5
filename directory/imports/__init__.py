"""Import of people: read a file, guess its columns, judge each row, write what was confirmed."""
