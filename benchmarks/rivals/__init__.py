"""Other tools beside this project, over one page of images, fakes and forbidden addresses."""
