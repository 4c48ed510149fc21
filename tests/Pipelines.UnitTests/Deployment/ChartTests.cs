using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Pipelines.Storage.Secrets;
using Pipelines.TestKit;
using Pipelines.Web;
using Pipelines.Web.Settings;

namespace Pipelines.UnitTests.Deployment;

/// <summary>Every object of the chart fits the host, the image and the other objects.</summary>
public sealed class ChartTests
{
    private static readonly IReadOnlyList<YamlMap> Objects = Chart.Render(Everything());

    private static readonly ImageFile Image = ImageFile.Read();

    private static readonly string[] Roles = ["web", "scheduler", "worker"];

    private static IEnumerable<YamlMap> Pods => Objects.Where(item => item.Text("kind") is "Deployment" or "Job").Select(item => item.Map("spec/template"));

    [Test]
    public void Each_role_is_a_deployment_and_the_migration_a_job_before_them()
    {
        var job = Objects.Single(item => item.Text("kind") == "Job");
        Assert.Multiple(() =>
        {
            Assert.That(Objects.Where(item => item.Text("kind") == "Deployment").Select(item => item.Text("metadata/labels/app.kubernetes.io~component")), Is.EquivalentTo(Roles));
            Assert.That(job.Text("metadata/annotations/helm.sh~hook"), Is.EqualTo("pre-install,pre-upgrade"));
            Assert.That(Container(job.Map("spec/template")).Texts("args"), Is.EqualTo(new[] { "db", "migrate" }));
        });
    }

    [TestCaseSource(nameof(Roles))]
    public void A_role_is_told_what_it_reads_and_all_that_it_needs(string name)
    {
        var (container, role) = (Container(Pod(name)), Requirements.Role(name));
        var environment = container.Maps("env").ToDictionary(entry => entry.Text("name"), entry => entry.Has("value") ? entry.Text("value") : Secret(entry.Map("valueFrom/secretKeyRef")));
        var options = Requirements.Read(role, environment, name);
        Assert.Multiple(() =>
        {
            Assert.That(container.Texts("args"), Is.EqualTo(new[] { name }));
            Assert.That(options.Url.Port, Is.EqualTo(Number(container.Maps("ports").Single().Text("containerPort"))));
            Assert.That(Number(Pod(name).Text("spec/terminationGracePeriodSeconds")), Is.GreaterThan(options.ShutdownTimeout.TotalSeconds));
            Assert.That(options.MetricsToken, Is.Not.Null);
        });
    }

    [TestCaseSource(nameof(Roles))]
    public void A_role_is_probed_where_it_answers(string name)
    {
        var container = Container(Pod(name));
        var routes = HealthPaths();
        foreach (var (probe, path) in new[] { ("startupProbe", "/health/live"), ("livenessProbe", "/health/live"), ("readinessProbe", "/health/ready") })
        {
            Assert.That(container.Text($"{probe}/httpGet/path"), Is.EqualTo(path).And.AnyOf(routes));
            Assert.That(container.Text($"{probe}/httpGet/port"), Is.EqualTo(container.Maps("ports").Single().Text("name")));
        }
    }

    [TestCaseSource(nameof(Pods))]
    public void A_pod_runs_hardened_and_mounts_what_there_is(YamlMap pod)
    {
        var container = Container(pod);
        var volumes = pod.Maps("spec/volumes").ToDictionary(volume => volume.Text("name"));
        var claims = Objects.Where(item => item.Text("kind") == "PersistentVolumeClaim").Select(item => item.Text("metadata/name")).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(pod.Text("spec/securityContext/runAsNonRoot"), Is.EqualTo("true"));
            Assert.That(container.Text("securityContext/readOnlyRootFilesystem"), Is.EqualTo("true"));
            Assert.That(container.Texts("securityContext/capabilities/drop"), Is.EqualTo(new[] { "ALL" }));
            Assert.That(pod.Text("spec/enableServiceLinks"), Is.EqualTo("false"), "a Service named like a setting would set it");
            Assert.That(container.Maps("volumeMounts").Select(mount => mount.Text("name")), Is.EquivalentTo(volumes.Keys));
            Assert.That(container.Maps("volumeMounts").Select(mount => mount.Text("mountPath")), Is.SubsetOf(Image.Environment.Values.Append("/tmp")));
            Assert.That(volumes.Values.Where(volume => volume.Has("persistentVolumeClaim")).Select(volume => volume.Text("persistentVolumeClaim/claimName")), Is.SubsetOf(claims));
            Assert.That(container.Has("resources/limits/memory") && container.Has("resources/requests/cpu"), Is.True);
        });
    }

    [Test]
    public void What_selects_pods_finds_them()
    {
        foreach (var item in Objects.Where(item => item.Text("kind") is "Deployment" or "PodDisruptionBudget" or "Service"))
        {
            var selector = item.Map(item.Text("kind") == "Service" ? "spec/selector" : "spec/selector/matchLabels");
            var role = selector.Text("app.kubernetes.io~component");
            var labels = Pod(role).Map("metadata/labels");
            Assert.That(selector.Keys.Select(Escaped).Select(key => labels.Text(key)), Is.EqualTo(selector.Keys.Select(Escaped).Select(key => selector.Text(key))), $"{item}");
        }
    }

    [Test]
    public void What_names_another_object_names_one_that_is_there()
    {
        var service = Objects.Single(item => item.Text("kind") == "Service");
        var backend = Objects.Single(item => item.Text("kind") == "Ingress").Maps("spec/rules").Single().Maps("http/paths").Single().Map("backend/service");
        var scaler = Objects.Single(item => item.Text("kind") == "HorizontalPodAutoscaler");
        var names = Objects.Select(item => $"{item.Text("kind")} {item.Text("metadata/name")}").ToList();
        Assert.Multiple(() =>
        {
            Assert.That(service.Maps("spec/ports").Single().Text("targetPort"), Is.EqualTo(Container(Pod("web")).Maps("ports").Single().Text("name")));
            Assert.That(backend.Text("port/name"), Is.EqualTo(service.Maps("spec/ports").Single().Text("name")));
            Assert.That(names, Does.Contain($"Service {backend.Text("name")}").And.Contain($"Deployment {scaler.Text("spec/scaleTargetRef/name")}"));
            Assert.That(names, Is.Unique);
            Assert.That(Pod("worker").Has("replicas"), Is.False, "the scaler's to say");
        });
    }

    [Test]
    public void No_proxy_is_believed_and_no_code_allowed_unless_the_values_say_so()
    {
        Assert.That(Settings(Everything()).Keys, Has.None.EqualTo("PIPELINES_TRUSTED_PROXIES"));
        Assert.That(Settings(Everything())["PIPELINES_DESIGNER_ALLOW_CODE"], Is.EqualTo("false"));
        var values = Everything();
        Map(values, "ingress")["trustedProxies"] = new List<object?> { "10.1.0.0/16", "10.2.0.7" };
        Map(values, "web")["designerAllowCode"] = true;
        Assert.That(Settings(values)["PIPELINES_TRUSTED_PROXIES"], Is.EqualTo("10.1.0.0/16,10.2.0.7"));
        Assert.That(Settings(values)["PIPELINES_DESIGNER_ALLOW_CODE"], Is.EqualTo("true"));

        static Dictionary<string, string> Settings(IDictionary<object, object?> values) =>
            Container(Chart.Render(values).Single(item => item.Text("kind") == "Deployment" && item.Text("metadata/labels/app.kubernetes.io~component") == "web").Map("spec/template"))
                .Maps("env").Where(entry => entry.Has("value")).ToDictionary(entry => entry.Text("name"), entry => entry.Text("value"));
    }

    [TestCase("certificate", "https://pipelines.test")]
    [TestCase("", "http://pipelines.test")]
    public void Links_lead_through_the_ingress(string tlsSecret, string url)
    {
        var values = Everything();
        (Map(values, "ingress")["enabled"], Map(values, "ingress")["host"], Map(values, "ingress")["tlsSecret"]) = (true, "pipelines.test", tlsSecret);
        foreach (var pod in Chart.Render(values).Where(item => item.Text("kind") == "Deployment").Select(item => item.Map("spec/template")))
            Assert.That(Container(pod).Maps("env").Single(entry => entry.Text("name") == "PIPELINES_API__BASE_URL").Text("value"), Is.EqualTo(url));
    }

    [Test]
    public void Every_role_reads_the_plugins_of_a_volume_that_the_values_name()
    {
        var values = Everything();
        Map(values, "plugins")["existingClaim"] = "ours";
        foreach (var pod in Chart.Render(values).Where(item => item.Text("kind") == "Deployment").Select(item => item.Map("spec/template")))
        {
            var mount = Container(pod).Maps("volumeMounts").Single(mount => mount.Text("name") == "plugins");
            Assert.That((mount.Text("mountPath"), mount.Text("readOnly")), Is.EqualTo((Image.Environment["PIPELINES_PLUGINS"], "true")));
            Assert.That(Container(pod).Maps("env").Single(entry => entry.Text("name") == "PIPELINES_PLUGINS").Text("value"), Is.EqualTo(mount.Text("mountPath")));
            Assert.That(pod.Maps("spec/volumes").Single(volume => volume.Text("name") == "plugins").Text("persistentVolumeClaim/claimName"), Is.EqualTo("ours"));
        }
    }

    [Test]
    public void The_values_say_how_long_a_stopping_worker_has()
    {
        var grace = Convert.ToInt32(Map(Everything(), "worker")["stopGraceSeconds"], CultureInfo.InvariantCulture);
        var told = File.ReadAllLines(Path.Combine(Chart.Folder, "values.yaml")).Single(line => line.Contains("the pod gets", StringComparison.Ordinal));
        Assert.That(told, Does.Contain($"the pod gets {Number(Pod("worker").Text("spec/terminationGracePeriodSeconds")) - grace} more"));
    }

    [TestCase("database", "secret.database")]
    [TestCase("fernetKey", "fernet-key")]
    [TestCase("jwtSecret", "openssl rand")]
    [TestCase("adminPassword", "secret.adminPassword")]
    public void Without_a_secret_nothing_is_installed(string name, string told)
    {
        var values = Everything();
        Map(values, "secret")[name] = "";
        Assert.That(() => Chart.Render(values), Throws.InvalidOperationException.With.Message.Contains(told).And.Message.Contains("existingSecret"));

        values["existingSecret"] = "mine";
        Assert.That(Chart.Render(values).Select(item => item.Text("kind")), Has.None.EqualTo("Secret"));
    }

    [Test]
    public void The_schema_describes_every_value_and_no_other()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Chart.Folder, "values.schema.json")))!;
        Compare(schema, Chart.Values(), "");

        static void Compare(JsonNode schema, IDictionary<object, object?> values, string path)
        {
            var known = schema["properties"]!.AsObject().Select(property => property.Key).Except(["global"]);
            Assert.That(values.Keys, Is.EquivalentTo(known), $"values{path}");
            foreach (var (key, value) in values)
                if (value is IDictionary<object, object?> inner && schema["properties"]![(string)key]!["properties"] is not null) Compare(schema["properties"]![(string)key]!, inner, $"{path}.{key}");
        }
    }

    [Test]
    public void Notes_say_what_it_means_that_no_proxy_is_believed_and_what_to_set()
    {
        var values = Everything();

        Assert.That(Chart.Notes(values), Does.Contain("all users seem to come from one address").And.Contain("20 wrong passwords").And.Contain("--set 'ingress.trustedProxies={"));

        Map(values, "ingress")["trustedProxies"] = new List<object?> { "10.244.3.0/24" };
        Assert.That(Chart.Notes(values), Does.Not.Contain("trustedProxies"));
    }

    /// <summary>The values with everything on that is off by default.</summary>
    private static IDictionary<object, object?> Everything()
    {
        var values = Chart.Values();
        var secret = Map(values, "secret");
        (secret["database"], secret["fernetKey"], secret["jwtSecret"], secret["adminPassword"], secret["metricsToken"]) = ("Host=db", FernetKey.Generate(), new string('j', 32), "first", new string('m', 32));
        Map(values, "metrics")["enabled"] = true;
        Map(values, "ingress")["enabled"] = true;
        Map(values, "ingress")["tlsSecret"] = "certificate";
        Map(Map(values, "worker"), "autoscaling")["enabled"] = true;
        return values;
    }

    private static IDictionary<object, object?> Map(IDictionary<object, object?> values, string key) => (IDictionary<object, object?>)values[key]!;

    private static YamlMap Pod(string role) => Pods.Single(pod => pod.Text("metadata/labels/app.kubernetes.io~component") == role);

    private static YamlMap Container(YamlMap pod) => pod.Maps("spec/containers").Single();

    private static string Secret(YamlMap reference)
    {
        var secret = Objects.Single(item => item.Text("kind") == "Secret");
        Assert.That(reference.Text("name"), Is.EqualTo(secret.Text("metadata/name")));
        return secret.Text($"stringData/{reference.Text("key")}");
    }

    private static string[] HealthPaths()
    {
        IEndpointRouteBuilder routes = PipelinesHost.Create(HostSettings.Defaults with { Database = "Host=nowhere", FernetKey = FernetKey.Generate(), Roles = HostRoles.Scheduler });
        return [.. routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Select(route => route.RoutePattern.RawText!)];
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Escaped(string key) => key.Replace('/', '~');
}
