"""What compression is worth: layers in every form timed and costed, ImageNet's sizes, the heavy curves, peers."""
