"""Figures that anyone can measure again; results, with machine and commit, stand in results/."""
