"""What the command line says, in the language of whoever reads it: the source speaks English, `es.po` holds the Spanish."""
