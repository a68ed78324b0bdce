import type { Detector } from './detector.ts';
import { ec2 } from './detectors/aws/ec2.ts';
import { ecs } from './detectors/aws/ecs.ts';
import { eks } from './detectors/aws/eks.ts';
import { elasticBeanstalk } from './detectors/aws/elastic_beanstalk.ts';
import { lambda } from './detectors/aws/lambda.ts';
import { aks } from './detectors/azure/aks.ts';
import { azure } from './detectors/azure/azure.ts';
import { azureAppService } from './detectors/azure/azureappservice.ts';
import { azureContainerApps } from './detectors/azure/azurecontainerapps.ts';
import { akamai } from './detectors/cloud/akamai.ts';
import { alibabaEcs } from './detectors/cloud/alibaba_ecs.ts';
import { digitalocean } from './detectors/cloud/digitalocean.ts';
import { hetzner } from './detectors/cloud/hetzner.ts';
import { ibmcloudClassic } from './detectors/cloud/ibmcloud_classic.ts';
import { ibmcloudVpc } from './detectors/cloud/ibmcloud_vpc.ts';
import { nova } from './detectors/cloud/nova.ts';
import { oraclecloud } from './detectors/cloud/oraclecloud.ts';
import { scaleway } from './detectors/cloud/scaleway.ts';
import { tencentCvm } from './detectors/cloud/tencent_cvm.ts';
import { upcloud } from './detectors/cloud/upcloud.ts';
import { vultr } from './detectors/cloud/vultr.ts';
import { gcp } from './detectors/gcp/gcp.ts';
import { consul } from './detectors/host/consul.ts';
import { docker } from './detectors/host/docker.ts';
import { dynatrace } from './detectors/host/dynatrace.ts';
import { env } from './detectors/host/env.ts';
import { heroku } from './detectors/host/heroku.ts';
import { system } from './detectors/host/system.ts';
import { k8sApi } from './detectors/kubernetes/k8s_api.ts';
import { kubeadm } from './detectors/kubernetes/kubeadm.ts';
import { openshift } from './detectors/kubernetes/openshift.ts';

/** The detectors, by the configuration key of their options. */
export const DETECTORS = {
  akamai,
  aks,
  alibabaEcs,
  azure,
  azureappservice: azureAppService,
  azurecontainerapps: azureContainerApps,
  consul,
  digitalocean,
  docker,
  dynatrace,
  ec2,
  ecs,
  eks,
  elasticbeanstalk: elasticBeanstalk,
  env,
  gcp,
  heroku,
  hetzner,
  ibmcloudClassic,
  ibmcloudVpc,
  k8sApi,
  k8snode: k8sApi,
  kubeadm,
  lambda,
  nova,
  openshift,
  oraclecloud,
  scaleway,
  system,
  tencentCvm,
  upcloud,
  vultr,
} as const satisfies Readonly<Record<string, Detector>>;

/** Configuration keys of detectors, by the names used in `detectors`. */
export const DETECTOR_KEYS: Readonly<Record<string, keyof typeof DETECTORS>> = {
  ...(Object.fromEntries(Object.keys(DETECTORS).map((key) => [key, key])) as Record<string, keyof typeof DETECTORS>),
  alibaba_ecs: 'alibabaEcs',
  elastic_beanstalk: 'elasticbeanstalk',
  ibmcloud_classic: 'ibmcloudClassic',
  ibmcloud_vpc: 'ibmcloudVpc',
  k8s_api: 'k8sApi',
  tencent_cvm: 'tencentCvm',
};

/** All detector names. */
export const DETECTOR_NAMES: readonly string[] = Object.keys(DETECTOR_KEYS)
  .filter((name) => name === name.toLowerCase() && name !== 'elasticbeanstalk')
  .sort();
