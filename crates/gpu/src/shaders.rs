use crate::device::Gpu;
use crate::recorder::Pipeline;

/// One pass as the engine compiles it: its file from `shaders/` after the shared pieces it uses.
#[derive(Debug, Clone, Copy)]
pub struct Shader {
    /// Name of the pass: `shaders/{name}.wgsl` is the twin of `imaging/src/passes/{name}.rs`.
    pub name: &'static str,
    /// The joined WGSL.
    pub source: &'static str,
}

macro_rules! shader {
    ($name:literal, $($shared:literal),+) => {
        Shader {
            name: $name,
            source: concat!(
                $(include_str!(concat!("../../../shaders/shared/", $shared, ".wgsl")), "\n",)+
                include_str!(concat!("../../../shaders/", $name, ".wgsl"))
            ),
        }
    };
}

/// Every pass, in the order in which a scan meets them.
pub const SHADERS: [Shader; 13] = [
    shader!("dose", "planes", "rows"),
    shader!("attenuate", "planes", "rows", "drift", "validity"),
    shader!("material", "planes", "validity", "boxes"),
    shader!("resample", "planes"),
    shader!("statistics", "planes", "validity"),
    shader!("equalise", "planes"),
    shader!("local_contrast", "planes"),
    shader!("bilateral", "planes"),
    shader!("non_local_means", "planes"),
    shader!("edge", "planes"),
    shader!("strip", "planes", "validity", "boxes"),
    shader!("enhance", "planes"),
    shader!("display", "planes", "validity"),
];

/// The compiled passes.
pub(crate) struct Pipelines {
    pub(crate) dose: Pipeline,
    pub(crate) attenuate: Pipeline,
    pub(crate) material: Pipeline,
    pub(crate) resample: Pipeline,
    pub(crate) statistics: Pipeline,
    pub(crate) equalise: Pipeline,
    pub(crate) local_contrast: Pipeline,
    pub(crate) bilateral: Pipeline,
    pub(crate) non_local_means: Pipeline,
    pub(crate) edge: Pipeline,
    pub(crate) strip: Pipeline,
    pub(crate) enhance: Pipeline,
    pub(crate) display: Pipeline,
}

impl Pipelines {
    pub(crate) fn compile(gpu: &Gpu) -> Self {
        let [
            dose,
            attenuate,
            material,
            resample,
            statistics,
            equalise,
            local_contrast,
            bilateral,
            non_local_means,
            edge,
            strip,
            enhance,
            display,
        ] = SHADERS.map(|shader| compile(gpu, shader));
        Self {
            dose,
            attenuate,
            material,
            resample,
            statistics,
            equalise,
            local_contrast,
            bilateral,
            non_local_means,
            edge,
            strip,
            enhance,
            display,
        }
    }
}

fn compile(gpu: &Gpu, shader: Shader) -> Pipeline {
    let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(shader.name),
        source: wgpu::ShaderSource::Wgsl(shader.source.into()),
    });
    let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(shader.name),
        layout: None,
        module: &module,
        entry_point: Some("main"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    let layout = pipeline.get_bind_group_layout(0);
    Pipeline { name: shader.name, pipeline, layout }
}
