"""Stand in for vendors: small stateful servers of ours that speak a vendor's wire and keep a bill."""
