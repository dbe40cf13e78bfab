export const FCN_CLASSES = 21;

export const FCN_CROPS = { pool4: 5, pool3: 9, image: 31 };

/** VGG-16's convolutions by stage; the first pads by 100. */
export const VGG_STAGES: readonly (readonly number[])[] = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

export const FC_CHANNELS = 4096;
