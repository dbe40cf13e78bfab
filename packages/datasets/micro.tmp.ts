import fs from 'node:fs';
import sharp from 'sharp';
import { decodeImage } from './src/decode/decode-image.js';
import { transformPixels } from './src/transform/image-transform.js';
const cpu=()=>{const u=process.cpuUsage();return (u.user+u.system)/1000};
for (const e of ['png','jpg']) {
  const files=Array.from({length:100},(_,i)=>`/tmp/ds-probe/${e}/${i}.${e}`);
  const out=new Uint8Array(224*224*3);
  const d=await Promise.all(files.map(async f=>decodeImage(fs.readFileSync(f))));
  for (let r=0;r<4;r++){ const a=cpu(); const t=performance.now(); for(const p of d) transformPixels(p,{resize:224,crop:224},out); console.log(e,'transform cpu ms',((cpu()-a)/100).toFixed(3),'wall',((performance.now()-t)/100).toFixed(3)); }
  for (let r=0;r<4;r++){ const a=cpu(); const t=performance.now(); for(const f of files) await decodeImage(fs.readFileSync(f)); console.log(e,'decode cpu ms',((cpu()-a)/100).toFixed(3),'wall',((performance.now()-t)/100).toFixed(3)); }
}
for (let r=0;r<3;r++){const b=fs.readFileSync('src/goldens/images/dot.png'); const a=cpu(); for(let i=0;i<200;i++) await sharp(b).raw().toBuffer(); console.log('sharp overhead cpu ms',((cpu()-a)/200).toFixed(3));}
