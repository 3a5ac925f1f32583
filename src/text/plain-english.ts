/** English as it is mostly written, for trials. */
export const plainEnglish = `The harbour lay still that morning, and the boats had not yet gone out. Old Martin sat on the
wall with a cup of coffee beside him, mending a net that his father had made. "There will be rain before noon," he said to
nobody in particular, and he was right: at half past eleven the first drops fell on the roofs of the warehouses, where 340
sacks of grain from Odessa were waiting for their buyer. In the office above, Miss Ellery added up the figures again. They
came to $4,217.50, exactly as before. She wrote the sum at the foot of the page, closed the book, and looked out at the water,
thinking of her brother, who had promised to write as soon as his ship arrived.`;
