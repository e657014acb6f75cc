"""Before anyone buys a drone: what each candidate would read of a site, in what time, and what a count costs beside one by hand."""
