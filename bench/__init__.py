"""`make bench`: how fast the portal answers, each figure beside one of a bare Django view measured in the same run."""
