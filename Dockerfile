# The bot with everything it needs; nothing is downloaded when it runs.
FROM python:3.12-slim

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY index index
COPY prompts prompts
COPY benchmarks benchmarks
# The build of PyTorch for processors saves gigabytes.
RUN pip install --no-cache-dir -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu ".[postgres]"

RUN useradd --create-home dateline && mkdir /data && chown dateline /data
USER dateline
# The index and the bot's file are kept in /data; the articles come in /corpus.
WORKDIR /data
COPY --chown=dateline corpus /corpus
ENV DATELINE_CORPUS=/corpus \
    DATELINE_INDEX=/data/index \
    DATELINE_DISCORD_DATABASE=/data/discord.sqlite \
    DATELINE_DISCORD_HEALTH=/tmp/health
VOLUME /data

HEALTHCHECK --start-period=2m --interval=30s --timeout=5s \
    CMD ["python", "-c", "import json, sys, time; at = json.load(open('/tmp/health')); sys.exit(not at['connected'] or time.time() - at['at'] > 60)"]

# SIGTERM reaches the program itself, which lets running answers end: no shell stands between.
ENTRYPOINT ["dateline"]
CMD ["discord"]
