import { hash } from 'node:crypto';
import { countingRules } from '../../domain/counting-rules.ts';
import type { Checkpoint } from '../ledger/checkpoint.ts';

type With = { readonly withTexts: boolean; readonly verifier: Uint8Array | undefined };

/** What a folder for auditors says of itself, in both languages. */
export const bundleReadme = ({ origin, size, root }: Checkpoint, { withTexts, verifier }: With): string => `# ${origin}

台账前 ${size} 条，根哈希 \`${root.toString('base64')}\`。
The first ${size} events of the ledger, with the root \`${root.toString('base64')}\`.

| | |
| --- | --- |
| \`checkpoint\` | 登记系统签名的检查点（C2SP tlog-checkpoint） · the checkpoint that the registry has signed (C2SP tlog-checkpoint) |
| \`events.ndjson\` | 事件，每行一条，即树的叶子 · the events, a line each: the leaves of the tree |
${withTexts ? '| `texts.ndjson` | 自由文字及其盐值；可能涉及个人，请妥善保管 · free texts with their salts; they may speak of people, so keep them safe |\n' : ''}| \`statements.ndjson\` | 各目标的数字及计入的编号（计数规则第 ${countingRules} 版） · the figures of the targets, with the keys of what counts (counting rules ${countingRules}) |
| \`tile/\` | 树的哈希（C2SP tlog-tiles） · the tree’s hashes (C2SP tlog-tiles) |
| \`key\` | 验证密钥；请从他处取得同一密钥，本文件本身不能作证 · the verifier key; get the same key from elsewhere, for this file proves nothing by itself |
${verifier === undefined ? '' : `| \`verify.html\` | 在浏览器中核对任一此类文件夹，不联网 · checks any such folder in a browser, without network. SHA-256 \`${hash('sha256', verifier)}\` |\n`}
## 核对

\`\`\`
./registry verify DIR --key VKEY
\`\`\`

\`VKEY\` 是登记系统的验证密钥（\`./registry ledger key\`），须从本文件夹以外取得。如保存有旧检查点，加 \`--checkpoint FILE\`，可证明此前的记录未被改动。核对不联网，也不需要登记系统的服务器。${verifier === undefined ? '' : '也可用浏览器打开 `verify.html`，结论相同；能伪造本文件夹的人也能伪造其中的 `verify.html`，因此请使用从他处取得的一份，例如此前导出的文件夹中的。'}

## Verifying

\`VKEY\` is the registry’s verifier key (\`./registry ledger key\`); get it from elsewhere than this folder. If you have kept an older checkpoint, add \`--checkpoint FILE\`: it proves that nothing before it was changed since. Verifying needs no network and no server.${verifier === undefined ? '' : ' Or open `verify.html` in a browser, which gives the same answers. Who can forge this folder can forge the `verify.html` in it, so use one that you have from elsewhere, such as an earlier folder.'}

The formats are described in docs/ledger.md of the registry, and how to count in docs/counting.md: a program of your own can check all of it.
`;
