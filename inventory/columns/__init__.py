"""Large comparisons in columns: what is beyond doubt is settled there, and the rest is judged row by row like everything else.

`settling` decides which rows are beyond doubt, `exemplars` has one of each kind of them judged by the same code as all others, and
`writing` puts both together again.
"""
