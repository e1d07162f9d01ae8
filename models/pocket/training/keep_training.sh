#!/bin/sh
# Train the bundled model on in the background, on one core, politely; stop and start it as you like.
#   ICONS=icons.json OUT=model2 INIT=model VAE=model/vae sh keep_training.sh &
# Saves every seven minutes to $OUT (state.pt, and the averaged weights in diffusers' layout); goes on from there, else from $INIT.
set -eu
cd "$(dirname "$0")"
export OMP_NUM_THREADS=1
exec nice -n 15 python3 train_unet.py --icons "$ICONS" --vae "$VAE" --out "$OUT" --init "$INIT" \
  --threads 1 --batch 32 --lr 4e-4 --ema 0.9995 --constant --seconds "${SECONDS_TO_RUN:-9000}" >>"$OUT.log" 2>&1
