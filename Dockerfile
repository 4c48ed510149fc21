# One image for every role: the command picks it, e.g. `docker run pipelines worker`. docker-compose.yml and src/deploy/helm show how.

# Node.js 20 or newer is only needed to build: npm brings Elsa Studio, the layout of graphs, and PostgreSQL's binaries.
FROM node:22-bookworm-slim AS node

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /source
COPY .editorconfig .
COPY src src
COPY workflows workflows
RUN dotnet publish src/Pipelines.Cli --configuration Release --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
# Where it listens is PIPELINES_URL alone: with this of the image set too, every start would begin with a warning.
ENV ASPNETCORE_HTTP_PORTS=
# The image of .NET has this user and no other; PostgreSQL (of `standalone` and `localcloud`) refuses root anyway.
ENV PIPELINES_URL=http://0.0.0.0:8080 \
    PIPELINES_HOME=/data \
    PIPELINES_WORKFLOWS=/workflows \
    PIPELINES_PLUGINS=/plugins \
    PIPELINES_KEYS_DIRECTORY=/keys \
    PIPELINES_LOG_FORMAT=json
# For the activity Python; bash and setsid are in the image.
RUN apt-get update && apt-get install --yes --no-install-recommends python3 && rm -rf /var/lib/apt/lists/* \
    && mkdir /data /keys /workflows /plugins && chown $APP_UID /data /keys /workflows /plugins && chmod 700 /data /keys
COPY --from=build /app /app
USER $APP_UID
WORKDIR /tmp
EXPOSE 8080
# Of the roles web, scheduler and worker, whose loops and database it asks about; `localcloud` and single commands have no such address.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["dotnet", "/app/pipelines.dll", "health"]
# So that a stopping worker hands its tasks back.
STOPSIGNAL SIGTERM
ENTRYPOINT ["dotnet", "/app/pipelines.dll"]
CMD ["--help"]
