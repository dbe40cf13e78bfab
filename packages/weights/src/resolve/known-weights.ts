/** A published file of pretrained weights. */
export interface KnownWeights {
  /** What {@link resolveWeights} takes. */
  readonly source: string;
  readonly network: string;
  /** SHA-256 of the whole file, where it is published. */
  readonly sha256?: string;
}

const TORCHVISION = 'https://download.pytorch.org/models';
const IBN = 'https://github.com/XingangPan/IBN-Net/releases/download/v1.0';

/**
 * Published ImageNet weights of the networks of the ASG paper. Names of torchvision's and IBN-Net's files carry the first 8
 * digits of their SHA-256.
 */
export const KNOWN_WEIGHTS: readonly KnownWeights[] = [
  { source: 'timm/resnet101.tv_in1k', network: 'resnet101' },
  {
    source: 'timm/resnet50.tv_in1k',
    network: 'resnet50',
    sha256: '5d061a3c593d795bfe682d9b152bafbcf550579873492def3515b46db1189888',
  },
  {
    source: 'timm/vgg16.tv_in1k',
    network: 'vgg16',
    sha256: '57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8',
  },
  { source: `${TORCHVISION}/resnet50-19c8e357.pth`, network: 'resnet50' },
  { source: `${TORCHVISION}/resnet50-0676ba61.pth`, network: 'resnet50' },
  { source: `${TORCHVISION}/resnet101-5d3b4d8f.pth`, network: 'resnet101' },
  { source: `${TORCHVISION}/resnet101-63fe2227.pth`, network: 'resnet101' },
  { source: `${TORCHVISION}/vgg16-397923af.pth`, network: 'vgg16' },
  { source: `${IBN}/resnet50_ibn_a-d9d0bb7b.pth`, network: 'resnet50_ibn_a' },
  { source: `${IBN}/resnet101_ibn_a-59ea0ac6.pth`, network: 'resnet101_ibn_a' },
  { source: `${IBN}/resnet50_ibn_b-9ca61e85.pth`, network: 'resnet50_ibn_b' },
  { source: `${IBN}/resnet101_ibn_b-c55f6dba.pth`, network: 'resnet101_ibn_b' },
];
