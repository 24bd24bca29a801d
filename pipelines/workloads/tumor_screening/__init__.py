"""Whether a breast tumour is malignant, from measurements of cell nuclei."""
